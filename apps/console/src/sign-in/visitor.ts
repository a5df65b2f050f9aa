import type { Actor } from '@pombo/db/audit.ts';
import type { SignedIn } from '@pombo/db/operator-sessions.ts';
import { clientAddress } from '@pombo/domain/client-address.ts';
import type { FastifyRequest } from 'fastify';

/** An operator who has signed in, with the request at hand. */
export interface Visitor extends SignedIn {
  sessionId: string;
  /** For the audit. */
  actor: Actor;
}

export function addressOf(request: FastifyRequest): string {
  return clientAddress(request.ip, request.socket.remoteAddress);
}

/** Whether the browser came over TLS, to us or to a proxy that is trusted. */
export function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https';
}

/** What a form said; empty when the request had none. */
export function formOf(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}
