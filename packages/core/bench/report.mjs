const number = value => {
  if (Math.abs(value) < 10) return value.toFixed(2)
  if (Math.abs(value) < 100) return value.toFixed(1)
  return Math.round(value).toLocaleString('en')
}
const ratio = value => `${number(value)} x`

/** A bar without a limit is a ratio that only the budget of CI watches. */
export function isMet({ limit, value }) {
  return limit === undefined || value <= limit
}

/** All groups as markdown; the first case of a group is what its ratios are to. */
export function toMarkdown({ machine, groups }) {
  const lines = [machine, '']
  for (const { title, unit, cases, bars } of groups) {
    const hasNotes = cases.some(({ note }) => note !== undefined)
    const head = ['', `p50${unit && ` ${unit}`}`, `min${unit && ` ${unit}`}`]
    if (unit) head.push('ratio (p50)', 'ratio (min)')
    if (hasNotes) head.push('what it has and what it lacks')
    const [base] = cases
    const rows = cases.map(({ name, p50, min, note }) => {
      const row = [name, number(p50), number(min)]
      if (unit) row.push(ratio(p50 / base.p50), ratio(min / base.min))
      if (hasNotes) row.push(note ?? '')
      return row
    })
    lines.push(`### ${title}`, '', ...table(head, rows), '')
    if (bars.length > 0) {
      const verdicts = bars.map(bar => [
        bar.text,
        bar.limit === undefined ? '' : number(bar.limit),
        number(bar.value),
        number(bar.best),
        bar.limit === undefined ? 'no bar' : isMet(bar) ? 'met' : '**not met**',
      ])
      lines.push(...table(['bar', 'limit', 'from p50', 'from min', ''], verdicts), '')
    }
  }
  return lines.join('\n')
}

function table(head, rows) {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)]
}
