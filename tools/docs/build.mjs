// Writes the API reference, with the READMEs and docs/, as a static site: open docs-site/index.html. Fails for a public
// symbol without a docstring, and for a broken link.
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, Converter, ReflectionKind } from 'typedoc'
import { publicPackages, ROOT, readJson } from '../pack.mjs'

const REPOSITORY = 'https://github.com/runtime-wedge/runtime-wedge'
const DOCUMENTS = ['packages/*/README.md', 'examples/*/README.md', 'docs/*.md', 'docs/decisions/*.md']

/** The sources of the public subpaths, by what a user imports. */
const entries = new Map(
  [...publicPackages()].flatMap(([name, folder]) =>
    Object.entries(readJson(join(folder, 'package.json')).exports)
      .filter(([, entry]) => typeof entry !== 'string')
      .map(([subpath, entry]) => [`${name}${subpath.slice(1)}`, join(folder, entry['@runtime-wedge/source'])]),
  ),
)

const app = await Application.bootstrap({
  name: 'runtime-wedge',
  entryPoints: [...entries.values()],
  tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
  basePath: ROOT,
  readme: join(ROOT, 'README.md'),
  projectDocuments: DOCUMENTS.map(pattern => join(ROOT, pattern)),
  out: join(ROOT, 'docs-site'),
  disableGit: true,
  sourceLinkTemplate: `${REPOSITORY}/blob/main/{path}#L{line}`,
  navigation: { includeFolders: false },
  ignoredHighlightLanguages: ['mermaid'],
  // Without it only the root's own package, which has no symbols, is asked for docstrings.
  packagesRequiringDocumentation: [...publicPackages().keys()],
  treatWarningsAsErrors: true,
  validation: { invalidLink: true, invalidPath: true, notDocumented: true, notExported: true, rewrittenLink: true },
})

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    const file = join(ROOT, module.sources[0].fileName)
    module.name = [...entries].find(([, source]) => source === file)[0]
  }
  for (const document of project.getReflectionsByKind(ReflectionKind.Document)) {
    const [, title] = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join('')) ?? []
    const name = title?.replaceAll('`', '') ?? document.name
    document.name = entries.has(name) ? `${name}: README` : name
  }
})

/** A link to a folder, which GitHub follows, leads to the README that is nearest above it. */
function resolveFolders(project) {
  const readmes = new Map([[join(ROOT, '.'), project]])
  for (const document of project.getReflectionsByKind(ReflectionKind.Document)) {
    const path = project.files.getReflectionPath(document)
    if (path.endsWith('/README.md')) readmes.set(dirname(path), document)
  }
  for (const path of project.files.getMediaPaths()) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue
    let folder = path
    while (!readmes.has(folder)) folder = dirname(folder)
    project.files.registerReflectionPath(path, readmes.get(folder))
  }
}

/** Parts of unnamed types, and names that every reader of JavaScript knows, need no docstring. */
const SELF_EXPLAINING =
  /^\S+(\.__type|\.\[(dispose|iterator|asyncIterator)\]|\.toJSON|Error\.name)\S* \(|\(TypeParameter\)/
const { logger } = app
const warn = logger.validationWarning.bind(logger)
logger.validationWarning = (message, ...at) => SELF_EXPLAINING.test(message) || warn(message, ...at)

const project = await app.convert()
if (project) {
  resolveFolders(project)
  app.validate(project)
  await app.generateOutputs(project)
}
process.exitCode = logger.hasErrors() || logger.hasWarnings() ? 1 : 0
