import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const readme = readFileSync(at('README.md'), 'utf8')
const { exports } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  readonly exports: Record<string, { readonly '@runtime-wedge/source': string } | string>
}
const entries = Object.entries(exports).flatMap(([entry, target]) =>
  typeof target === 'string' ? [] : [[`@runtime-wedge/testing${entry.slice(1)}`, target['@runtime-wedge/source']]],
) as [name: string, source: string][]

/** Every exported name, types included. */
function exportsOf(source: string): string[] {
  const text = readFileSync(at(source), 'utf8')
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) => list!.split(','))
  const declared = [...text.matchAll(/^export (?:const|class|function|interface|type) (\w+)/gm)].map(
    ([, name]) => name!,
  )
  return [...lists.map(name => name.replace('type ', '').trim()).filter(name => name !== ''), ...declared]
}

/** The names at the beginning of what stands between backticks, in the section of one entry. */
function namesIn(section: string): string[] {
  const members = section.split('\n').flatMap(line => /^\| (\[.*?) \|/.exec(line)?.[1] ?? [])
  return members.flatMap(cell => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name!))
}

describe('the reference of the README', () => {
  it.each(entries)('lists exactly what %s exports', (name, source) => {
    const section = readme.split(`\n### \`${name}\`\n`)[1]?.split('\n### ')[0] ?? ''
    const members = namesIn(section).filter(member => member !== 'expect')
    expect(members.sort()).toEqual(exportsOf(source).sort())
  })

  it('has no dead link', () => {
    const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-'),
    )
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
      if (target!.startsWith('#')) expect(headings).toContain(target!.slice(1))
      else expect(existsSync(at(target!)), target).toBe(true)
    }
  })
})
