// Sends what was typed below an operation, and shows what comes. Without it the page is complete, and its samples do the same from a shell.
;(() => {
  const MOST_SHOWN = 100_000
  const trying = document.getElementById('trying')
  const token = document.getElementById('token')
  trying.hidden = false
  for (const form of document.querySelectorAll('form.try')) {
    form.hidden = false
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      send(form)
    })
  }

  async function send(form) {
    const [word, came, button] = [form.querySelector('[role=status]'), form.querySelector('.came'), form.querySelector('button')]
    button.disabled = true
    word.textContent = 'Asked.'
    try {
      const answer = await fetch(addressOf(form), requestOf(form))
      const text = await shown(answer)
      word.textContent = `${answer.status} ${answer.statusText}`
      came.textContent = text.slice(0, MOST_SHOWN)
      came.hidden = text === ''
    } catch (error) {
      word.textContent = `Nothing came: ${error.message}`
    }
    button.disabled = false
  }

  function addressOf(form) {
    const asked = new URLSearchParams()
    let path = form.dataset.path
    for (const { name, value, dataset } of form.querySelectorAll('input[data-where]')) {
      if (dataset.where === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
      else if (value !== '') asked.set(name, value)
    }
    return `${new URL(trying.dataset.base).pathname}${path}${asked.size > 0 ? `?${asked}` : ''}`
  }

  function requestOf(form) {
    const isToken = token.value.trim() !== ''
    const headers = isToken ? { authorization: `Bearer ${token.value.trim()}` } : { 'x-ssc-form': trying.dataset.form }
    const body = form.elements.body?.value
    const request = { method: form.dataset.method, headers, credentials: isToken ? 'omit' : 'same-origin', redirect: 'manual' }
    return body === undefined ? request : { ...request, headers: { ...headers, 'content-type': 'application/json' }, body }
  }

  async function shown(answer) {
    const type = answer.headers.get('content-type') ?? ''
    if (type.includes('json')) return JSON.stringify(await answer.json(), null, 2)
    if (type.startsWith('text/')) return answer.text()
    return `${(await answer.blob()).size} bytes of ${type}`
  }
})()
