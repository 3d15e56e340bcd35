/** Takes the sting out of a promise that nobody waits for: its rejection is no unhandled one. Any other value passes. */
export function hush(value: unknown): void {
  Promise.resolve(value).catch(() => {})
}
