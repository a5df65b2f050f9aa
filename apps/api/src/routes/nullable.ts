import { Type } from 'typebox';

export const nullable = (type: 'string' | 'integer' | 'number', description?: string) =>
  Type.Unsafe<string | number | null>({ type: [type, 'null'], ...(description && { description }) });
