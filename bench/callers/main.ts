import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { destOf } from '../dests.ts';
import { quantile } from '../figures.ts';
import { readOrder, say } from '../own-process.ts';
import { type HttpAnswer, readAnswers } from './answers.ts';
import type { CallOrder } from './call.ts';

const order = readOrder<CallOrder>();
const { host, port } = new URL(order.url);
const { expected, body, firstDest, connections, warmSeconds, seconds } = order;

const bodyLength = body.before.length + destOf(firstDest).length + body.after.length;
const head = [
  `POST ${order.path} HTTP/1.1`,
  `host: ${host}`,
  `authorization: Bearer ${order.token}`,
  'content-type: application/json',
  `content-length: ${bodyLength}`,
  '',
  body.before,
].join('\r\n');
const longestDrainMs = 30_000;

let asked = 0;
let answered = 0;
/** A process that has just begun may say that it is too much for it, which promises that nothing was done: ask again. */
let warming = true;
let counting = false;
let ending = false;
const tookMs: number[] = [];

const sockets = await Promise.all(Array.from({ length: connections }, openSocket));
const done = Promise.all(sockets.map(keepAsking));
await sleep(warmSeconds * 1000);
warming = false;
counting = true;
const countedFrom = performance.now();
await sleep(seconds * 1000);
counting = false;
const countedMs = performance.now() - countedFrom;
ending = true;
await Promise.race([done, sleep(longestDrainMs).then(() => giveUp('an answer never came'))]);
const perSecond = (tookMs.length * 1000) / countedMs;
say({ perSecond, answered, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) });

async function openSocket(): Promise<Socket> {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Resolves when it has its last answer. */
function keepAsking(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    let askedAt = 0;
    let dest = '';
    let mayRefuse = false;
    const ask = () => {
      askedAt = performance.now();
      mayRefuse = warming;
      socket.write(head + dest + body.after);
    };
    const askNext = () => {
      dest = destOf(firstDest + asked);
      asked += 1;
      ask();
    };
    const take = (answer: HttpAnswer) => {
      if (answer.status === 503 && mayRefuse) {
        ask();
        return;
      }
      if (answer.status !== expected.status || !answer.body.includes(expected.text)) {
        giveUp(`${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`);
        return;
      }
      answered += 1;
      if (counting) tookMs.push(performance.now() - askedAt);
      if (ending) resolve();
      else askNext();
    };
    socket.on('data', readAnswers(take)).once('close', () => giveUp('a connection was closed'));
    askNext();
  });
}

/** The first to give up is heard; whoever started this ends it. */
function giveUp(fault: string): void {
  say({ fault: `${order.path} with ${connections} connections, after ${answered} answers: ${fault}` });
}
