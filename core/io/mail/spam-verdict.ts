type Header = { key: string; value: string }

/** How filters before us mark what they hold to be spam: SpamAssassin, rspamd, bogofilter, Barracuda, and Exchange (its SCL from 5 on). */
const marks: readonly { header: string; pattern: RegExp }[] = [
  { header: 'x-spam-flag', pattern: /^yes\b/i },
  { header: 'x-spam-status', pattern: /^yes\b/i },
  { header: 'x-spam', pattern: /^(yes|true)\b/i },
  { header: 'x-spamd-result', pattern: /^\w{1,40}: true\b/i },
  { header: 'x-bogosity', pattern: /^(spam|yes)\b/i },
  { header: 'x-barracuda-spam-flag', pattern: /^yes\b/i },
  { header: 'x-ms-exchange-organization-scl', pattern: /^[5-9]$/ },
]

/** Why a filter before us held a mail to be spam; the name and the value of its header. */
export function spamVerdict(headers: readonly Header[]): string | undefined {
  const found = headers.find(({ key, value }) => marks.some(({ header, pattern }) => key === header && pattern.test(value.trim())))
  return found && `${found.key}: ${found.value.trim().slice(0, 200)}`
}
