import { expect, test } from 'vitest';
import { readTemplate, renderFor, type Template, variablesOf } from './template.ts';

function templateOf(text: string): Template {
  const reading = readTemplate(text);
  if (reading.kind === 'broken') throw new Error(reading.because);
  return reading.template;
}

function render(text: string, variables: Record<string, string> | null, defaults: Record<string, string> = {}) {
  return renderFor({ dest: '123', variables }, { type: 'text', template: templateOf(text), defaults });
}

test('variables are put in, and what is put in is not read again', () => {
  expect(render('Olá {{ name }}, {{name}}!', { name: '{{city}}' })).toEqual({
    kind: 'message',
    data: 'Olá {{city}}, {{city}}!',
  });
  expect(variablesOf(templateOf('{{b}} {{a}} {{b}}'))).toEqual(['b', 'a']);
  expect(render('no variables, } and {', null)).toEqual({ kind: 'message', data: 'no variables, } and {' });
});

test('a default stands in for a value that is missing or empty, and for nothing else', () => {
  expect(render('Hi {{name}}', null, { name: 'you' })).toEqual({ kind: 'message', data: 'Hi you' });
  expect(render('Hi {{name}}', { name: '' }, { name: 'you' })).toEqual({ kind: 'message', data: 'Hi you' });
  expect(render('Hi {{name}}', { name: 'Ana' }, { name: 'you' })).toEqual({ kind: 'message', data: 'Hi Ana' });
  expect(render('Hi {{name}}', { other: 'x' })).toEqual({ kind: 'invalid', because: 'no value for {{name}}' });
  expect(render('Hi {{toString}}', {})).toEqual({ kind: 'invalid', because: 'no value for {{toString}}' });
  expect(render('Hi {{name}}', null, { name: '' })).toEqual({ kind: 'message', data: 'Hi ' });
});

test('what cannot be sent is said in words that many recipients share', () => {
  const long = 'x'.repeat(1995);
  expect(render(`${long}{{name}}`, { name: '12345' })).toMatchObject({ kind: 'message' });
  expect(render(`${long}{{name}}`, { name: '123456' })).toEqual({
    kind: 'invalid',
    because: 'the text is longer than 2000 characters',
  });
  expect(render('{{name}}', null, { name: '' })).toEqual({ kind: 'invalid', because: 'nothing is left to say' });
  const image = { type: 'image', template: templateOf('https://example.com/{{file}}'), defaults: {} } as const;
  expect(renderFor({ dest: '1', variables: { file: 'a b.png' } }, image)).toMatchObject({ kind: 'invalid' });
  expect(renderFor({ dest: '1', variables: { file: 'a.png' } }, image)).toMatchObject({ kind: 'message' });
  expect(renderFor({ dest: 'ana@example.com', variables: { file: 'a.png' } }, image)).toMatchObject({
    kind: 'invalid',
  });
});

test.each(['Hi {{name', 'Hi {{}}', 'Hi {{a b}}', 'Hi {{1}}', `{{${'x'.repeat(65)}}}`])('%s is no template', (text) => {
  expect(readTemplate(text).kind).toBe('broken');
});
