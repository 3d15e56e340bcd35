import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { link, runScript, type Sandbox } from './support/child.ts'
import { compile, unpacked } from './support/packed.ts'

const NAME = '@runtime-wedge/core'
const SUBPATHS = ['.', './adapters/claude-agent', './adapters/mcp', './guard', './heartbeat']

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>
  dependencies: Record<string, string>
  peerDependencies?: unknown
}

/** A folder with the package as it ships, pino and eventemitter3, and nothing else: no SDK, no types of Node. */
let box: Sandbox
let manifest: Manifest
beforeAll(async () => {
  box = await unpacked(NAME)
  manifest = JSON.parse(await readFile(join(box.dir, 'node_modules', NAME, 'package.json'), 'utf8'))
})
afterAll(() => box?.remove())

describe('the packed package', () => {
  it('exports exactly the documented subpaths, each by a key of its own, without the source condition', () => {
    expect(Object.keys(manifest.exports).sort()).toEqual([...SUBPATHS, './package.json'])
    for (const subpath of SUBPATHS) {
      const file = manifest.exports[subpath] as { types: string; default: string }
      expect(Object.keys(file)).toEqual(['types', 'default'])
      expect(Object.values(file).join()).not.toContain('*')
    }
  })

  it('offers in the workspace what it offers when published', async () => {
    const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
    const workspace = JSON.parse(text).exports as Record<string, object>
    const published = Object.entries(workspace).map(([subpath, entry]) => {
      if (typeof entry === 'string') return [subpath, entry]
      const { '@runtime-wedge/source': source, ...rest } = entry as Record<string, string>
      expect(source).toMatch(/^\.\/src\/.*\.ts$/)
      return [subpath, rest]
    })
    expect(Object.fromEntries(published)).toEqual(manifest.exports)
  })

  it('needs eventemitter3 and pino, by versions', () => {
    expect(manifest.dependencies).toEqual({
      eventemitter3: expect.stringMatching(/^\^5/),
      pino: expect.stringMatching(/^\^10/),
    })
    expect(manifest.peerDependencies).toBe(undefined)
  })

  it('loads every subpath by import and by require, as one instance, with no SDK about', async () => {
    const script = `
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const loaded = {}
      for (const subpath of ${JSON.stringify(SUBPATHS)}) {
        const specifier = '${NAME}' + subpath.slice(1)
        const imported = await import(specifier)
        const required = require(specifier)
        const names = Object.keys(imported)
        loaded[subpath] = names.length > 0 && names.every(name => imported[name] === required[name])
      }
      process.stdout.write(JSON.stringify(loaded))`
    const { stdout, stderr } = await runScript(box.dir, 'load.mjs', script, { flags: ['--no-warnings'] })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(SUBPATHS.map(subpath => [subpath, true])))
  })

  it('imports nothing in `.` but eventemitter3: no node: module, and no pino before the first line', async () => {
    const { metafile } = await build({
      entryPoints: [join(box.dir, 'node_modules', NAME, 'dist/index.js')],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      packages: 'external',
    })
    const imports = Object.values(metafile.inputs).flatMap(input => input.imports)
    const external = imports.filter(each => each.external === true).map(each => each.path)
    expect([...new Set(external)].sort()).toEqual(['eventemitter3'])
  })
})

describe('a consumer compiles against it, skipLibCheck off, exactOptionalPropertyTypes on', () => {
  beforeAll(async () => {
    await mkdir(join(box.dir, 'src'))
    for (const file of ['registry', 'options']) {
      await copyFile(
        fileURLToPath(new URL(`types/${file}.test-d.ts`, import.meta.url)),
        join(box.dir, 'src', `${file}.ts`),
      )
    }
    const imports = SUBPATHS.map((subpath, index) => `import * as entry${index} from '${NAME}${subpath.slice(1)}'`)
    const entries = SUBPATHS.map((_, index) => `entry${index}`)
    await writeFile(join(box.dir, 'src/subpaths.ts'), [...imports, `export const all = [${entries}]`].join('\n'))
    await writeFile(join(box.dir, 'package.json'), JSON.stringify({ type: 'module' }))
    await link(box.dir, '@types/node')
  })

  const common = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: 'ES2022',
  }
  const node = { lib: ['ES2023', 'ESNext.Disposable'], types: ['node'] }
  const browser = { lib: ['ES2023', 'DOM', 'DOM.AsyncIterable', 'DOM.Iterable'], types: [] }
  it.each([
    ['nodenext, with the types of Node', { module: 'NodeNext', ...node }],
    ['bundler, with the types of Node', { module: 'ESNext', moduleResolution: 'bundler', ...node }],
    ['bundler, with the types of a browser', { module: 'ESNext', moduleResolution: 'bundler', ...browser }],
  ])('%s', async (name, options) => {
    const project = `tsconfig.${name.replaceAll(/\W+/g, '-')}.json`
    await writeFile(
      join(box.dir, project),
      JSON.stringify({ compilerOptions: { ...common, ...options }, include: ['src'] }),
    )
    expect(await compile(box.dir, project)).toBe('')
  })

  it('and is told when it is wrong', async () => {
    await mkdir(join(box.dir, 'wrong'))
    await writeFile(
      join(box.dir, 'wrong/index.ts'),
      `import { WedgeRegistry } from '${NAME}'\nnew WedgeRegistry<'a'>().scope('b')`,
    )
    await writeFile(
      join(box.dir, 'tsconfig.wrong.json'),
      JSON.stringify({ compilerOptions: { ...common, ...node, module: 'NodeNext' }, include: ['wrong'] }),
    )
    expect(await compile(box.dir, 'tsconfig.wrong.json')).toContain(
      '\'"b"\' is not assignable to parameter of type \'"a"\'',
    )
  })
})
