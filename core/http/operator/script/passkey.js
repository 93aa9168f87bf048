// Passkeys: asks our side what to sign, has the browser sign it, and sends that back.
;(() => {
  const { startAuthentication, startRegistration, browserSupportsWebAuthn } = window.SimpleWebAuthnBrowser
  for (const form of document.querySelectorAll('form.passkey')) {
    const wrong = form.querySelector('[role=alert]')
    const tell = (words) => {
      wrong.textContent = words
      wrong.hidden = false
    }
    if (!browserSupportsWebAuthn()) tell('This browser cannot use passkeys here. They need https, or the name localhost.')
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      wrong.hidden = true
      const fields = Object.fromEntries(new FormData(form))
      try {
        const optionsJSON = await send(form.dataset.options, fields)
        const response = await (form.dataset.kind === 'create' ? startRegistration : startAuthentication)({ optionsJSON })
        const { to } = await send(form.dataset.action, { ...fields, response })
        location.assign(to)
      } catch (error) {
        tell(error.name === 'NotAllowedError' ? 'Nothing was chosen. Try again.' : error.message)
      }
    })
  }

  async function send(url, body) {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const data = await answer.json()
    if (!answer.ok) throw new Error([data.error, ...(data.problems ?? [])].join(' '))
    return data
  }
})()
