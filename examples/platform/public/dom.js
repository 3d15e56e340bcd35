/** Finds the element with this part in a card, row or dialog. @param {ParentNode} root @param {string} name */
export function part(root, name) {
  const found = root.querySelector(`[data-part="${name}"]`)
  if (!found) throw new Error(`index.html has no part ${name}`)
  return /** @type {HTMLElement} */ (found)
}

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
export function byId(id) {
  return /** @type {T} */ (document.getElementById(id))
}

/** Copies the only element of a template. @param {string} id */
export function stamp(id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id))
  return /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true))
}

/** Changes the document only if the text is new. Hostile text stays text. @param {Element} node @param {string} text */
export function setText(node, text) {
  const shown = visible(text)
  if (node.textContent !== shown) node.textContent = shown
}

/** Sets the text, or hides the element if the text is empty. @param {HTMLElement} node @param {string} text */
export function setOptional(node, text) {
  setText(node.querySelector('bdi') ?? node, text)
  node.hidden = text === ''
}

/** @param {ParentNode} root @param {string} name */
export function setIcon(root, name) {
  const use = /** @type {SVGUseElement} */ (root.querySelector('use'))
  if (use.getAttribute('href') !== `#icon-${name}`) use.setAttribute('href', `#icon-${name}`)
}

/**
 * Makes these the children of `parent`, in this order. Moves as few as possible; the focus stays where it is.
 * @param {Element} parent @param {Element[]} children
 */
export function arrange(parent, children) {
  const focused = document.activeElement
  const wanted = new Set(children)
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove()
  let next = parent.firstElementChild
  for (const child of children) {
    if (child === next) next = next.nextElementSibling
    else parent.insertBefore(child, next)
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true })
}

/**
 * Writes out characters that would act on the text around them: control characters, and marks that turn the direction of
 * writing. @param {string} text
 */
function visible(text) {
  return text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, char => {
    const code = char.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`
  })
}
