/** An answer that is missing, in JSON output. */
import type { Warning } from '../../gen/vigo/v1/admin_pb.js';
import { textOrNull } from './time.ts';

export interface WarningJson {
  /** Null if it is not about one spoke. */
  readonly spoke: string | null;
  readonly code: string;
  readonly message: string;
}

export function warningJson(warning: Warning): WarningJson {
  return { spoke: textOrNull(warning.spoke), code: warning.code, message: warning.message };
}
