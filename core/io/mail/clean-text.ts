/** What windows-1252 has from 0x80 to 0x9f; Node.js before 22.13 decodes these as the controls of ISO-8859-1. */
const windows1252 = '€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ'

/** Bounded to so many characters, and nothing in it that the store (no NUL, no half of a surrogate pair) or a terminal would choke on. */
export function clean(text: string, max: number): string {
  return text
    .slice(0, max)
    .replace(/\r\n?/g, '\n')
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(/[\u0080-\u009f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80]!)
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
}
