import { Busboy } from '@fastify/busboy';
import { broken, type FieldsReading, maxFields } from './fields.ts';

/**
 * Reads the fields of a `multipart/form-data` body that is here already. Files are read past: nothing of this API
 * takes one. The bytes must have been found to be UTF-8 before.
 */
export async function readMultipart(contentType: string, body: Buffer): Promise<FieldsReading> {
  return new Promise((resolve) => {
    const fields = new Map<string, string>();
    const fail = () => resolve(broken('not a multipart form'));
    try {
      const parser = new Busboy({
        headers: { 'content-type': contentType },
        limits: { fields: maxFields, parts: maxFields, fieldSize: body.length, fieldNameSize: body.length },
      });
      parser.on('field', (name, value) => fields.set(name, value));
      parser.on('file', (_name, stream) => stream.resume());
      parser.on('fieldsLimit', () => resolve(broken('too many fields')));
      parser.on('partsLimit', () => resolve(broken('too many fields')));
      parser.on('error', fail);
      parser.on('finish', () => resolve({ kind: 'fields', fields }));
      // Whatever the bytes were: once all of them are gone, there is an answer.
      parser.on('close', fail);
      parser.end(body);
    } catch {
      fail();
    }
  });
}
