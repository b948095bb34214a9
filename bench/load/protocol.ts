/** What a benchmark and its load generator say to each other over IPC. */

export type LoadProtocol = 'connect' | 'grpc';

export interface LoadTarget {
  /** "host:port" */
  readonly address: string;
  readonly protocol: LoadProtocol;
  /** Path of every call. */
  readonly path: string;
  /** The message, base64. */
  readonly message: string;
  /** Byte of the message at which the id of a run stands, replaced by a new one for each call; absent: all calls send the same. */
  readonly runIdAt?: number;
  /** JSON file of `Credentials[]`: one session for each that is asked for. */
  readonly credentialsFile: string;
  /** HTTP status that every answer may have; default only 200. */
  readonly statuses?: readonly number[];
}

export type LoadCommand =
  | { readonly op: 'target'; readonly name: string; readonly target: LoadTarget }
  | { readonly op: 'open'; readonly name: string; readonly sessions: number }
  | { readonly op: 'call'; readonly name: string; readonly calls: number; readonly concurrency: number }
  | { readonly op: 'close'; readonly name: string };

export interface LoadAnswer {
  readonly error?: string;
  /** Time that the calls took together, milliseconds. */
  readonly ms?: number;
  /** Bytes of the last answer's message. */
  readonly answerBytes?: number;
}
