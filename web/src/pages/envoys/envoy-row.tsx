/** One envoy in the list. */
import { Link } from 'wouter';
import { type Envoy, EnvoyDrift } from '../../../../src/gen/vigo/v1/types_pb.js';
import { envoyPath } from '../../lib/paths.ts';
import { shortVersion } from '../../lib/short-version.ts';
import { statusWord } from '../../lib/words.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

const CELL = { role: 'cell' } as const;

/** `index`: its place in the list, from 0. */
export function EnvoyRow({ envoy, index }: { readonly envoy: Envoy; readonly index: number }) {
  const { id, hostname, spoke, status, drift, stale, lastSeenAt, configVersion, enrolledAt } = envoy;
  const row = { role: 'row', 'aria-rowindex': index + 2 } as const;
  return (
    <tr data-stale={stale || undefined} {...row}>
      <th scope="row" className="envoy-name" {...{ role: 'rowheader' }}>
        <Link href={envoyPath(id)} title={hostname}>
          {hostname}
        </Link>
      </th>
      <td className="envoy-status" {...CELL}>
        <StateLabel state={statusWord(status)} />
        {drift === EnvoyDrift.CHANGED && <span className="envoy-tag">changed</span>}
        {stale && <span className="envoy-tag">stale</span>}
      </td>
      <td className="envoy-spoke" {...CELL}>
        {spoke}
      </td>
      <td className="envoy-seen" {...CELL}>
        <Time at={lastSeenAt} />
      </td>
      <td className="envoy-config" {...CELL}>
        <code>{shortVersion(configVersion)}</code>
      </td>
      <td className="envoy-enrolled" {...CELL}>
        <Time at={enrolledAt} />
      </td>
    </tr>
  );
}
