/** The processes that read settings. `operator` is the command line; `start` is everything on one machine. */
export type ProcessName = 'api' | 'worker' | 'console' | 'simulator' | 'migrate' | 'operator' | 'start';

interface Common {
  /** The name in the environment. */
  env: string;
  /** One sentence for the README's table. */
  help: string;
  readBy: readonly ProcessName[];
  /** A process of `readBy` without a value here refuses to start, unless it stands in `mayBeUnsetIn`. */
  required?: boolean;
  /** These fill the gap themselves: they get `null`, whatever the default says. */
  mayBeUnsetIn?: readonly ProcessName[];
  /** The name in the environment of a setting without which this one means nothing. */
  needs?: string;
  /** What `npm start` fills in, for the README's table. */
  underStart?: string;
}

export interface TextSetting extends Common {
  kind: 'string' | 'secret';
  default: string | null;
  /** When given, only these words are accepted. */
  words?: readonly string[];
  form?: Form;
}

export interface IntegerSetting extends Common {
  kind: 'integer';
  default: number | null;
  from: number;
  to: number;
}

export interface UrlSetting extends Common {
  kind: 'url';
  default: string | null;
  protocols: readonly string[];
}

export interface ListSetting extends Common {
  kind: 'list';
  default: readonly string[] | null;
  form: Form;
}

/** What a text, or every entry of a list, must look like. `is` completes the sentence "NAME must be …". */
export interface Form {
  is: string;
  fits: (text: string) => boolean;
}

export type Setting = TextSetting | IntegerSetting | UrlSetting | ListSetting;
