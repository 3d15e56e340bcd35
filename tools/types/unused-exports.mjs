import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript-6.0'
import { readJson } from '../pack.mjs'

/** What the packages of a sandbox export, and its consumers do not import by name. */
export function unusedExports(sandbox, packages) {
  const files = ['consumer', 'consumer-kit'].flatMap(folder =>
    readdirSync(join(sandbox, folder)).map(file => join(sandbox, folder, file)),
  )
  const options = { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: [] }
  const entries = packages.flatMap(name => entriesOf(sandbox, name))
  const program = ts.createProgram([...files, ...entries.map(({ file }) => file)], options)
  const checker = program.getTypeChecker()
  const used = new Set(files.flatMap(file => importsOf(program.getSourceFile(file))))
  return entries.flatMap(({ specifier, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file))
    const names = module ? checker.getExportsOfModule(module).map(symbol => symbol.name) : []
    // A subpath without exports is imported for what it does.
    const needed = names.length === 0 ? [''] : names.map(name => ` ${name}`)
    return needed
      .filter(name => !used.has(specifier + name))
      .map(name => ({ specifier, name: name.trim() || 'anything' }))
  })
}

function entriesOf(sandbox, name) {
  const folder = join(sandbox, 'node_modules', name)
  return Object.entries(readJson(join(folder, 'package.json')).exports)
    .filter(([, entry]) => typeof entry !== 'string')
    .map(([subpath, { types }]) => ({ specifier: `${name}${subpath.slice(1)}`, file: join(folder, types) }))
}

/** `<specifier> <name>` for each name that a file imports, and the specifier alone for each import. */
function importsOf(source) {
  return source.statements.filter(ts.isImportDeclaration).flatMap(({ moduleSpecifier: { text }, importClause }) => {
    const named = importClause?.namedBindings
    const elements = named && ts.isNamedImports(named) ? named.elements : []
    return [text, ...elements.map(({ name, propertyName }) => `${text} ${(propertyName ?? name).text}`)]
  })
}
