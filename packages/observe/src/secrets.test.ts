import fc from 'fast-check';
import { expect, it } from 'vitest';
import { removeSecrets } from './secrets.ts';

const secret = 'q7Zk2mW9xT4bV6nR8sJ1cF3hD5gL0pYa';

it.each([
  ['a page token', 'Error validating EAAGm0PX4ZCpsBAKZCabc123: expired', 'Error validating [removed]: expired'],
  ['an app token', `debug with 123456789|${secret}`, 'debug with 123456789|[removed]'],
  ['a bearer header', `authorization was Bearer ${secret}.`, 'authorization was Bearer [removed]'],
  [
    'a query',
    `/api/v2/MakeMessenger.php?app_id=1&tsid=${secret}&dest=9`,
    '/api/v2/MakeMessenger.php?app_id=1&tsid=[removed]&dest=9',
  ],
  ['the text in a query', '/x?mdata=Ol%C3%A1+Maria&mtype=text', '/x?mdata=[removed]&mtype=text'],
  ['a proof in a query', `/me?appsecret_proof=${secret}#x`, '/me?appsecret_proof=[removed]#x'],
  ['a database URL', `postgresql://pombo:${secret}@db:5432/pombo`, 'postgresql://pombo:[removed]@db:5432/pombo'],
  ['a Redis URL without user', `redis://:${secret}@cache:6379`, 'redis://:[removed]@cache:6379'],
  ['JSON', '{"dest":"9","text":"Hello \\"you\\"","n":1}', '{"dest":"9","text":"[removed]","n":1}'],
  [
    'quoted JSON',
    `{"body":"{\\"tsid\\":\\"${secret}\\",\\"dest\\":\\"9\\"}"}`,
    '{"body":"{\\"tsid\\":\\"[removed]\\",\\"dest\\":\\"9\\"}"}',
  ],
])('removes %s', (_what, text, clean) => {
  expect(removeSecrets(text)).toBe(clean);
});

it.each([
  'status 400, code 190 / 463, fbtrace AbCdEf12345',
  'http://127.0.0.1:8080/v1/messages/17?line=3&before=9',
  'dest 6789012345678901 has text of 14 characters; side=left, context=none',
  'm_AbCdEf0123456789 sent in 82 ms',
])('leaves alone: %s', (text) => {
  expect(removeSecrets(text)).toBe(text);
});

it('removes known values, and does not shred the text for a short one', () => {
  expect(removeSecrets('open sesame, said he', ['sesame', 'e'])).toBe('open [removed], said he');
});

it('lets no value of a secret name through a query, whatever the value', () => {
  const names = fc.constantFrom('tsid', 'sid', 'access_token', 'mdata', 'password', 'TSID');
  fc.assert(
    fc.property(names, fc.string({ minLength: 6 }), (name, value) => {
      const encoded = encodeURIComponent(`~~${value}`).replaceAll("'", '%27');
      expect(removeSecrets(`/a?x=1&${name}=${encoded}&y=2`)).toBe(`/a?x=1&${name}=[removed]&y=2`);
    }),
  );
});

it('lets no value of a secret name through JSON, whatever the value', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      const clean: unknown = JSON.parse(removeSecrets(JSON.stringify({ a: { text: value }, b: 2 })));
      expect(clean).toEqual({ a: { text: '[removed]' }, b: 2 });
    }),
  );
});

it('lets no value of a secret name through JSON that was quoted once more', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      const quoted = JSON.stringify({ body: JSON.stringify({ text: value, n: 1 }) });
      expect(removeSecrets(quoted)).toBe(JSON.stringify({ body: '{"text":"[removed]","n":1}' }));
    }),
  );
});

it('leaves JSON that can be parsed, whatever stands in it', () => {
  const piece = fc.constantFrom(
    'tsid=',
    '"text":"',
    '\\',
    '"',
    'Bearer ',
    'EAAB12345678',
    '://u:',
    '@',
    'x y',
    '&',
    '{',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const line = removeSecrets(JSON.stringify({ msg: pieces.join('') }));
      expect(() => JSON.parse(line)).not.toThrow();
    }),
  );
});

it('takes the same when applied twice', () => {
  const once = removeSecrets(`{"tsid":"${secret}"} /a?tsid=${secret} Bearer ${secret}`);
  expect(removeSecrets(once)).toBe(once);
});
