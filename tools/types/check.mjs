// Compiles a consumer of the packed packages with each supported TypeScript, and fails unless it uses every export.
import { execFile } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { link, pack, publicPackages, ROOT, unpack, withSandbox } from '../pack.mjs'
import { unusedExports } from './unused-exports.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const VERSIONS = ['5.4', '5.5', '5.6', '5.7', '5.8', '5.9', '6.0', '7.0']
const PARALLEL = 2

const common = { strict: true, skipLibCheck: false, noEmit: true, target: 'ES2022', isolatedModules: true }
const modes = {
  nodenext: {
    include: ['consumer', 'consumer-kit'],
    compilerOptions: { ...common, module: 'nodenext', lib: ['ES2022'], types: ['node'] },
  },
  // As in a browser's or an edge host's project: no types of Node, which vitest's need.
  bundler: {
    include: ['consumer'],
    compilerOptions: {
      ...common,
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
    },
  },
}
const projects = Object.entries(modes).flatMap(([name, { include, compilerOptions }]) =>
  [false, true].map(exactOptionalPropertyTypes => ({
    name: exactOptionalPropertyTypes ? `${name}, exact` : name,
    config: { include, compilerOptions: { ...compilerOptions, exactOptionalPropertyTypes } },
  })),
)
const configOf = name => `tsconfig.${name.replace(/\W+/g, '-')}.json`

function install(sandbox) {
  for (const [name, folder] of publicPackages()) {
    const tarball = pack(folder, join(sandbox, 'tarballs', name))
    unpack(tarball, sandbox, name)
    if (name === '@runtime-wedge/core') unpack(tarball, sandbox, 'another-core')
  }
  link(sandbox, join(ROOT, 'packages/core'), 'eventemitter3', 'pino')
  link(sandbox, HERE, 'fast-check', 'vitest')
  link(sandbox, ROOT, '@types/node')
  writeFileSync(join(sandbox, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const folder of ['consumer', 'consumer-kit'])
    cpSync(join(HERE, folder), join(sandbox, folder), { recursive: true })
  for (const { name, config } of projects) writeFileSync(join(sandbox, configOf(name)), JSON.stringify(config))
}

/** @returns what the compiler has to say of each project: `''` if all is well */
async function compile(sandbox, version) {
  const typescript = join(HERE, 'node_modules', `typescript-${version}`)
  const args = [join(HERE, 'compile.mjs'), typescript, ...projects.map(({ name }) => configOf(name))]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: sandbox, maxBuffer: 2 ** 26 })
  return JSON.parse(stdout)
}

/** @returns by version, what its compiler has to say */
async function compileAll(sandbox) {
  const waiting = [...VERSIONS]
  const errors = {}
  const work = async () => {
    for (let version = waiting.shift(); version; version = waiting.shift()) {
      errors[version] = await compile(sandbox, version)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return errors
}

function print(errors) {
  const row = cells => console.log(cells.map(text => text.padEnd(18)).join(''))
  row(['TypeScript', ...projects.map(({ name }) => name)])
  for (const version of VERSIONS) row([version, ...errors[version].map(text => (text === '' ? 'ok' : 'FAILS'))])
  for (const version of VERSIONS) {
    for (const [index, { name }] of projects.entries()) {
      const text = errors[version][index].trim()
      if (text !== '') console.log(`\nTypeScript ${version}, ${name}:\n${text}`)
    }
  }
}

await withSandbox(async sandbox => {
  install(sandbox)
  const errors = await compileAll(sandbox)
  print(errors)
  const unused = unusedExports(sandbox, [...publicPackages().keys()])
  for (const { specifier, name } of unused) console.log(`\nNo file of tools/types uses ${name} of ${specifier}.`)
  const isWrong = unused.length > 0 || VERSIONS.some(version => errors[version].join('') !== '')
  process.exitCode = isWrong ? 1 : 0
})
