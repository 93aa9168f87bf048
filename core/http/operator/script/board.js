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
  const stateOf = () => [...head.querySelectorAll('.phase, .wrong')].map((one) => one.textContent).join()
  // What can be done is another thing in another phase; a form that somebody has open stays.
  const renewControls = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html')
    const [old, fresh] = [document, page].map((one) => one.querySelector('.controls'))
    if (old && fresh && !old.querySelector('[open]')) old.replaceWith(fresh)
  }
  source.addEventListener('board', (event) => {
    const { head: html, rows } = JSON.parse(event.data)
    const before = stateOf()
    head.innerHTML = html
    if (stateOf() !== before) renewControls()
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
