import { byId, part, setText } from './dom.js'

/** @type {HTMLDialogElement} */
const dialog = byId('restart-dialog')
let asked = { workspace: '', scope: '' }

/** Asks once whether to restart this executor. @param {string} workspace @param {string} scope */
export function askToRestart(workspace, scope) {
  asked = { workspace, scope }
  setText(part(dialog, 'scope'), scope)
  setText(part(dialog, 'workspace'), workspace)
  dialog.returnValue = ''
  setRestartable(true)
  dialog.showModal()
}

/** Withdraws the question if the wedge has ended meanwhile. @param {(workspace: string, scope: string) => boolean} isWedged */
export function reviseQuestion(isWedged) {
  if (dialog.open) setRestartable(isWedged(asked.workspace, asked.scope))
}

/**
 * Sends each restart that was confirmed. Its outcome comes by the event stream; `onFailure` hears only of restarts that did
 * not reach the platform.
 * @param {(workspace: string, scope: string, message: string) => void} onFailure
 */
export function sendRestarts(onFailure) {
  dialog.addEventListener('close', async () => {
    if (dialog.returnValue !== 'restart') return
    const { workspace, scope } = asked
    const problem = await send(workspace, scope)
    if (problem) onFailure(workspace, scope, `Not restarted: ${problem}`)
  })
}

/** @param {string} workspace @param {string} scope @returns {Promise<string>} what went wrong, or `""` */
async function send(workspace, scope) {
  try {
    const answer = await fetch(`workspaces/${encodeURIComponent(workspace)}/restart`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scope }),
    })
    return answer.ok || answer.status === 409 ? '' : (await answer.json()).error
  } catch {
    return 'the platform cannot be reached'
  }
}

/** @param {boolean} restartable */
function setRestartable(restartable) {
  part(dialog, 'recovered').hidden = restartable
  const confirm = /** @type {HTMLButtonElement} */ (part(dialog, 'confirm'))
  confirm.disabled = !restartable
}
