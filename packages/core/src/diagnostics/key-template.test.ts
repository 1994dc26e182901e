import { describe, expect, it } from 'vitest'
import { keyTemplate } from './key-template.js'

describe('keyTemplate', () => {
  it.each([
    ['user:123', 'user:*'],
    ['user:alice@example.com', 'user:*'],
    ['user:1:posts', 'user:*'],
    ['feature-flag/dark', 'feature-flag/*'],
    ['session_id|x', 'session_id|*'],
    ['alice@example.com', '*'],
    ['alice', '*'],
    ['123:user', '*'],
    ['v2:user', '*'],
    [`${'x'.repeat(33)}:1`, '*'],
    ['', '*'],
    [':', '*'],
    ['用户:1', '*'],
  ])('%s → %s', (key, template) => expect(keyTemplate(key)).toBe(template))
})
