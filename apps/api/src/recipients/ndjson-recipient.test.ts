import { expect, it } from 'vitest';
import { ndjsonRecipient } from './ndjson-recipient.ts';

it.each([
  ['{"dest":"1"}', '1', null],
  ['{"psid":" 1 "}', '1', null],
  ['{"DEST":1}', '1', null],
  ['{"dest":9007199254740991}', '9007199254740991', null],
  ['{"dest":"90071992547409930000"}', '90071992547409930000', null],
  ['{"dest":"1","a":"x","b":2,"c":true,"d":null}', '1', { a: 'x', b: '2', c: 'true' }],
  [
    '{"dest":"1","a":1.50,"b":12345678901234567890,"c":1e99,"d":"1.50"}',
    '1',
    {
      a: '1.50',
      b: '12345678901234567890',
      c: '1e99',
      d: '1.50',
    },
  ],
  ['{"dest":"1","a":1,"a":2}', '1', { a: '2' }],
  ['{"dest":"1","a":""}', '1', { a: '' }],
  ['{"dest":"1","toString":"x"}', '1', { toString: 'x' }],
  ['{"dest":"1","a":"\\ud83d\\udd4a\\n"}\r', '1', { a: '🕊\n' }],
  [`{"dest":"${'🕊'.repeat(64)}"}`, '🕊'.repeat(64), null],
])('%s', (text, dest, variables) => {
  expect(ndjsonRecipient(text)).toStrictEqual({ dest, variables });
});

const tooLong = 'is a number too long to keep its digits in JSON; send it as text, in quotes';
const noName = 'is no name for a variable: a letter or _ first, then letters, digits, _ . -, at most 64 in all';

it.each([
  ['{', null, 'is not JSON'],
  ['{"dest":"1"}{"dest":"2"}', null, 'is not JSON'],
  ['{"dest":"a\0b"}', null, 'holds U+0000'],
  ['[]', null, 'is not a JSON object'],
  ['null', null, 'is not a JSON object'],
  ['"1"', null, 'is not a JSON object'],
  ['{}', 'dest', 'is missing'],
  ['{"dest":null}', 'dest', 'is missing'],
  ['{"dest":"  "}', 'dest', 'is empty'],
  ['{"dest":true}', 'dest', 'is neither text nor a number'],
  ['{"dest":1.5}', 'dest', 'is not a whole number'],
  ['{"dest":1e999}', 'dest', 'is not a whole number'],
  ['{"dest":9007199254740993}', 'dest', tooLong],
  ['{"psid":-12345678901234567890}', 'psid', tooLong],
  ['{"dest":["1"]}', 'dest', 'is an object or an array; send text'],
  ['{"dest":"1","a":{"b":1}}', 'a', 'is an object or an array; send text'],
  ['{"dest":"1","psid":"2"}', 'psid', 'is a second name for the recipient'],
  ['{"dest":"1\\u00072"}', 'dest', 'holds a control character'],
  ['{"dest":"1\\u00002"}', 'dest', 'holds U+0000'],
  ['{"dest":"1\\ud800"}', 'dest', 'holds half a surrogate pair'],
  [`{"dest":"${'1'.repeat(65)}"}`, 'dest', 'is longer than 64 characters'],
  ['{"dest":"1","a":"\\u0000"}', 'a', 'holds U+0000'],
  ['{"dest":"1","a":"\\udd4a"}', 'a', 'holds half a surrogate pair'],
  [`{"dest":"1","a":"${'x'.repeat(2001)}"}`, 'a', 'is longer than 2000 characters'],
  ['{"dest":"1","first name":"x"}', 'first name', noName],
  ['{"dest":"1","":"x"}', '', noName],
  ['{"dest":"1","\\u0000\\ud800":"x"}', '\uFFFD\uFFFD', noName],
  ['{"dest":"1","__proto__":"x"}', '__proto__', noName],
])('%s is bad', (text, column, because) => {
  expect(ndjsonRecipient(text)).toEqual({ column, because });
});

it('takes 64 variables and no more', () => {
  const withVariables = (count: number) =>
    JSON.stringify({
      dest: '1',
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, 'x'])),
    });
  expect(ndjsonRecipient(withVariables(64))).toMatchObject({ dest: '1' });
  expect(ndjsonRecipient(withVariables(65))).toEqual({ column: null, because: 'more than 64 variables' });
});

it('survives any depth', () => {
  const deep = `{"dest":"1","a":${'['.repeat(30_000)}1.5${']'.repeat(30_000)}}`;
  expect(ndjsonRecipient(deep)).toEqual({ column: 'a', because: 'is an object or an array; send text' });
});
