import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One fenced code block of a document, with what the document says that it prints. */
export interface Block {
  /** `README.md:12`: where its fence stands. */
  readonly at: string
  readonly language: string
  readonly code: string
  /** The texts of its `// → …` comments, in order. */
  readonly prints: readonly string[]
}

const FENCE = /^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm

/** Every fenced block with a language, of every README and of docs/. */
export function readBlocks(root: string): Block[] {
  const folders = ['packages', 'examples'].flatMap(group =>
    readdirSync(join(root, group)).map(name => join(group, name)),
  )
  const files = ['.', ...folders].map(folder => join(folder, 'README.md')).filter(file => existsSync(join(root, file)))
  const docs = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))
  return [...files, ...docs.map(name => join('docs', name))].flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...text.matchAll(FENCE)].map(({ 1: language = '', 2: code = '', index }) => ({
      at: `${file}:${text.slice(0, index).split('\n').length}`,
      language,
      code,
      prints: [...code.matchAll(/\/\/ → (.*)$/gm)].map(match => match[1] ?? ''),
    }))
  })
}
