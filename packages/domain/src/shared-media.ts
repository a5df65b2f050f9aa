import { contentFault } from './content.ts';
import type { MessageType } from './message-type.ts';
import { readTemplate, variablesOf } from './template.ts';

/**
 * The URL of the media that everybody on a campaign's list gets, so that one upload serves them all; null when there is
 * none, or when it is different for each.
 */
export function sharedMediaOf({ type, template: text }: { type: MessageType; template: string }): string | null {
  if (type === 'text' || contentFault(type, text) !== null) return null;
  const reading = readTemplate(text);
  return reading.kind === 'template' && variablesOf(reading.template).length === 0 ? text : null;
}
