import { expect, test } from 'vitest'
import { hostOf, isLoopback, outsideHost, outsideReason } from '../../core/domain/loopback.ts'

test.each(['127.0.0.1', '127.8.9.1', 'localhost', '[::1]', '::1'])('given %s, then it is this machine', (host) => {
  expect(isLoopback(host)).toBe(true)
})

test.each([
  '127.0.0.1.evil.example',
  '1270.0.1',
  '127.1',
  '0.0.0.0',
  'localhost.example',
  '2130706433',
  '127.0.0.256',
  '',
  '::ffff:1.2.3.4',
])('given %j, which only looks like it, then it is not', (host) => {
  expect(isLoopback(host)).toBe(false)
})

test('given several hosts, then the first one outside is named', () => {
  expect(outsideHost(['127.0.0.1', 'a.example', 'b.example'])).toBe('a.example')
  expect(outsideReason(['localhost', 'a.example'])).toBe('a rehearsal reaches nobody outside: a.example is not a loopback address')
  expect(outsideReason([])).toBeUndefined()
})

test('given what is neither a URL nor a host, then it is never taken for this machine', () => {
  expect(hostOf('https://ce.example:8443/x')).toBe('ce.example')
  expect(hostOf('ce.example:22')).toBe('ce.example')
  expect(isLoopback(hostOf('what is this 127.0.0.1'))).toBe(false)
})
