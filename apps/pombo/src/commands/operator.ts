import { endSessions, listSessions, type SessionRow } from '@pombo/db/operator-sessions.ts';
import {
  createOperator,
  disableOperator,
  enableOperator,
  findOperator,
  listOperators,
  type OperatorRow,
  setOperatorPassword,
  setOperatorRole,
} from '@pombo/db/operators.ts';
import { hashPassword } from '@pombo/db/password.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { newToken } from '@pombo/db/token.ts';
import { type Role, roles } from '@pombo/domain/authorise.ts';
import { faultOfOperatorName, faultOfOperatorPassword } from '@pombo/domain/new-operator.ts';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { type Answer, done, moment, refused, table } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import type { AddCommands } from '../command-line.ts';
import { readNewPassword } from '../password-source.ts';
import { Refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';

interface PasswordOptions {
  generate?: true;
}

interface CreateOptions extends PasswordOptions {
  name: string;
  role: Role;
}

export const addOperator: AddCommands = (program, { operate, terminal }) => {
  const operator = program.command('operator').description('operators: who may open the console');
  const about = (name: string, description: string) =>
    operator.command(name).argument('<name>', 'whose').description(description);

  operator
    .command('create')
    .description('make an operator; the password is asked for, or is the first line of standard input')
    .requiredOption('--name <name>', 'what to sign in with', operatorName)
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--generate', 'make a password up and show it once')
    .action(operate(({ prisma }, options: CreateOptions) => create(prisma, terminal, options)));
  operator
    .command('list')
    .description('who there is')
    .action(operate(({ prisma }) => list(prisma)));
  about('set-password', 'another password, read as with create; it ends the sessions of this operator')
    .option('--generate', 'make a password up and show it once')
    .action(operate(({ prisma }, name: string, given: PasswordOptions) => setPassword(prisma, terminal, name, given)));
  about('set-role', 'what this operator may do from now on')
    .addArgument(new Argument('<role>', 'the role').choices(roles))
    .action(operate(({ prisma }, name: string, role: Role) => setRole(prisma, name, role)));
  about('disable', 'end the sessions of this operator, and open no other').action(
    operate(({ prisma }, name: string) => disable(prisma, name)),
  );
  about('enable', 'undo disable').action(operate(({ prisma }, name: string) => enable(prisma, name)));
  operator
    .command('sessions')
    .argument('[name]', 'only of this operator')
    .description('who has signed in, from where and since when')
    .option('--end', 'end these sessions')
    .action(operate(({ prisma }, name: string | undefined, { end }: { end?: true }) => sessions(prisma, name, end)));
};

async function create(prisma: Prisma, terminal: Terminal, { name, role, generate }: CreateOptions): Promise<Answer> {
  // Whoever types a password should not hear afterwards that it was in vain.
  if ((await findOperator(prisma, name)) !== null) return nameTaken(name);
  const { password, shown } = await newPassword(terminal, name, generate);
  const passwordHash = await hashPassword(password);
  const made = await createOperator(prisma, commandActor(), { name, role, passwordHash });
  if (made === 'name_taken') return nameTaken(name);
  return done({ name, role, ...shown.json }, `Operator ${name} (${role}) was made.${shown.text}`);
}

async function list(prisma: Prisma): Promise<Answer> {
  const operators = await listOperators(prisma);
  const json = operators.map(({ name, role, createdAt, disabledAt }) => ({
    name,
    role,
    created_at: createdAt,
    disabled_at: disabledAt,
  }));
  const rows = operators.map((row) => [row.name, row.role, operatorState(row), moment(row.createdAt)]);
  return done(json, table(['name', 'role', 'state', 'since'], rows, 'There is no operator yet.'));
}

async function setPassword(prisma: Prisma, terminal: Terminal, name: string, { generate }: PasswordOptions) {
  if ((await findOperator(prisma, name)) === null) return nobody(name);
  const { password, shown } = await newPassword(terminal, name, generate);
  if (!(await setOperatorPassword(prisma, commandActor(), name, await hashPassword(password)))) return nobody(name);
  return done({ name, ...shown.json }, `Operator ${name} has another password, and has to sign in anew.${shown.text}`);
}

async function setRole(prisma: Prisma, name: string, role: Role): Promise<Answer> {
  if (!(await setOperatorRole(prisma, commandActor(), name, role))) return nobody(name);
  return done({ name, role }, `Operator ${name} is ${role} from now on.`);
}

async function disable(prisma: Prisma, name: string): Promise<Answer> {
  if (!(await disableOperator(prisma, commandActor(), name, new Date()))) return nobody(name);
  return done({ name, disabled: true }, `Operator ${name} is disabled, and every session is ended.`);
}

async function enable(prisma: Prisma, name: string): Promise<Answer> {
  if (!(await enableOperator(prisma, commandActor(), name))) return nobody(name);
  return done({ name, disabled: false }, `Operator ${name} may sign in again.`);
}

async function sessions(prisma: Prisma, name: string | undefined, end: true | undefined): Promise<Answer> {
  if (name !== undefined && (await findOperator(prisma, name)) === null) return nobody(name);
  if (end) {
    const ended = await endSessions(prisma, commandActor(), name ?? null);
    return done({ ended }, `Sessions ended: ${ended}.`);
  }
  const open = await listSessions(prisma, name ?? null, new Date());
  return done(open.map(sessionJson), sessionsTable(open));
}

/** From a person, or made up; what is made up is shown this once. */
async function newPassword(terminal: Terminal, name: string, generate: true | undefined) {
  if (generate) {
    const password = newToken();
    const text = `\n${password}\nKeep it: only its hash is stored, and it is not shown again.`;
    return { password, shown: { json: { password }, text } };
  }
  const password = await readNewPassword(terminal, name);
  const fault = faultOfOperatorPassword(password);
  if (fault !== null) throw new Refusal(fault);
  return { password, shown: { json: {}, text: '' } };
}

function sessionJson({ operator, address, createdAt, seenAt, expiresAt }: SessionRow): object {
  return { operator, address, created_at: createdAt, seen_at: seenAt, expires_at: expiresAt };
}

function sessionsTable(open: readonly SessionRow[]): string {
  const rows = open.map((row) => [
    row.operator,
    row.address,
    moment(row.createdAt),
    moment(row.seenAt),
    moment(row.expiresAt),
  ]);
  return table(['operator', 'from', 'since', 'last seen', 'ends'], rows, 'Nobody has signed in.');
}

function operatorState({ disabledAt }: OperatorRow): string {
  return disabledAt === null ? 'active' : 'disabled';
}

function operatorName(text: string): string {
  const fault = faultOfOperatorName(text);
  if (fault !== null) throw new InvalidArgumentError(fault);
  return text;
}

function nobody(name: string): Answer {
  return refused(`There is no operator ${name}.`);
}

function nameTaken(name: string): Answer {
  return refused(`There is an operator ${name} already.`);
}
