import { paceRule, readPace } from '@pombo/domain/configured-pace.ts';
import { type Command, InvalidArgumentError } from 'commander';
import type { Answer } from './answer.ts';
import type { Api } from './api.ts';
import type { Terminal } from './terminal.ts';
import type { Connection, Workbench } from './workbench.ts';

/** What every command group is given to hang its commands on. */
export interface CommandLine {
  /** An action that needs the database. */
  operate<Args extends unknown[]>(
    action: (workbench: Workbench, ...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<void>;
  /** An action that only needs to know where things are. */
  tell<Args extends unknown[]>(
    action: (places: Places, ...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<void>;
  /** An action that talks to the API as an account; its command has the options of `withAccount`. */
  ask<Args extends unknown[]>(action: (api: Api, ...args: Args) => Promise<Answer>): (...args: Args) => Promise<void>;
  readStdin: () => Promise<string>;
  terminal: Terminal;
  /** Whether the answer is for programs; known once the words are read. */
  inJson: () => boolean;
}

export interface Places {
  home: string;
  connection: () => Promise<Connection>;
}

export type AddCommands = (program: Command, line: CommandLine) => void;

/** A number of one of our rows. */
export function rowNumber(text: string): string {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw new InvalidArgumentError('It is a positive whole number.');
  return text;
}

export function text(value: string): string {
  if (value.trim() === '' || value.includes('\0')) throw new InvalidArgumentError('It must not be empty.');
  return value;
}

/** Messages per second. */
export function rate(text: string): number {
  const pace = readPace(text);
  if (pace === null) throw new InvalidArgumentError(paceRule);
  return pace;
}
