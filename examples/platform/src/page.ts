import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Page {
  readonly html: string
  /** The only style sheet and the only script of the page, as sources of its content security policy. */
  readonly styleHash: string
  readonly scriptHash: string
}

const folder = new URL('../public/', import.meta.url)

/** Makes one document of the files in `public/`: a browser draws it after one request, and may run nothing else. */
export function loadPage(): Page {
  const style = read('canvas.css')
  const script = inline('main.js', new Set())
  const html = read('index.html')
    .replace('<link rel="stylesheet" href="canvas.css">', () => `<style>${style}</style>`)
    .replace('src="main.js">', () => `>${script}`)
  return { html, styleHash: hash(style), scriptHash: hash(script) }
}

/** Joins a module and everything that it imports. Modules import each other only by `import { names } from './file.js'`. */
function inline(file: string, seen: Set<string>): string {
  if (seen.has(file)) return ''
  seen.add(file)
  let imported = ''
  const own = read(file).replace(/^import \{[^}]*\} from '\.\/(.+)'\n/gm, (_line, name: string) => {
    imported += inline(name, seen)
    return ''
  })
  return imported + own.replace(/^export /gm, '')
}

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
