import type { Seal } from '@pombo/db/seal.ts';
import type { RoomParts } from '../room-parts.ts';

/** Where Graph answers, for the tokens of lines that are asked about. */
export interface GraphPlace {
  baseUrl: string;
  apiVersion: string;
  /** For lines without one of their own. */
  appSecret: string | null;
}

export interface LineRoomParts extends RoomParts {
  /** Opens the token that is asked about, and seals the one that is given. */
  seal: Seal;
  graph: GraphPlace;
}
