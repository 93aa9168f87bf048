// Keeps the board as it is now: rows that changed are put in the place of the old ones. Without it the page is as it was when it was loaded.
;(() => {
  const word = document.getElementById('live')
  const head = document.getElementById('board-head')
  if (!word || !head || !window.EventSource) return
  const shown = word.textContent
  const source = new EventSource(word.dataset.live)
  source.onopen = () => {
    word.textContent = `${shown} Live.`
  }
  source.onerror = () => {
    word.textContent = `${shown} Not live just now: it tries again.`
  }
  source.addEventListener('board', (event) => {
    const { head: html, rows } = JSON.parse(event.data)
    head.innerHTML = html
    for (const { site, html: row } of rows) {
      const old = document.getElementById(`row-${site}`)
      if (!old) continue
      const focused = old.contains(document.activeElement)
      const body = document.createElement('tbody')
      body.innerHTML = row
      const fresh = body.firstElementChild
      if (fresh.outerHTML === old.outerHTML) continue
      fresh.classList.add('fresh')
      old.replaceWith(fresh)
      if (focused) fresh.querySelector('a')?.focus()
    }
  })
})()
