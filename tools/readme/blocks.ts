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

const DOCSTRING_MARGIN = /^ *\* ?/gm
const FENCE = /^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm

/** Every fenced block with a language: of every README, of docs/, and of the packages' docstrings. */
export function readBlocks(root: string): Block[] {
  const folders = ['packages', 'examples'].flatMap(group =>
    readdirSync(join(root, group)).map(name => join(group, name)),
  )
  const files = ['.', ...folders].map(folder => join(folder, 'README.md')).filter(file => existsSync(join(root, file)))
  const docs = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))
  const sources = readdirSync(join(root, 'packages'))
    .flatMap(name =>
      readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' }).map(file =>
        join('packages', name, 'src', file),
      ),
    )
    .filter(file => file.endsWith('.ts'))
  return [...files, ...docs.map(name => join('docs', name)), ...sources].flatMap(file => {
    const written = readFileSync(join(root, file), 'utf8')
    const text = file.endsWith('.ts') ? written.replace(DOCSTRING_MARGIN, '') : written
    return [...text.matchAll(FENCE)].map(({ 1: language = '', 2: code = '', index }) => ({
      at: `${file}:${text.slice(0, index).split('\n').length}`,
      language,
      code,
      prints: [...code.matchAll(/\/\/ → (.*)$/gm)].map(match => match[1] ?? ''),
    }))
  })
}
