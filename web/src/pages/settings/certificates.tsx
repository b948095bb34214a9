/** The fleet's CA, the certificates of its servers, and how far a change of the CA has come. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { CaCertificate, LeafCertificate, Pki } from '../../../../src/gen/vigo/v1/pki_pb.js';
import { count } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Queried } from '../../ui/queried.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

/** Envoys move one by one, and the hub does not tell of each. */
const ROTATING_MS = 10_000;

export function Certificates() {
  const query = useQuery(
    AdminService.method.getPki,
    {},
    { refetchInterval: ({ state }) => (state.data?.pki?.formerCa ? ROTATING_MS : false) },
  );
  return (
    <Card title="Certificates">
      <Queried query={query} what="The certificates cannot be shown">
        {({ pki }) => pki && <Details pki={pki} />}
      </Queried>
    </Card>
  );
}

function Details({ pki }: { readonly pki: Pki }) {
  const { trustDomain, ca, formerCa, hub, spokes } = pki;
  return (
    <div className="stack">
      {formerCa && <Rotation pki={pki} />}
      <Facts
        facts={[
          ['Trust domain', <span className="mono">{trustDomain}</span>],
          ['CA', ca && <CaFacts ca={ca} />],
          ['The CA before', formerCa && <CaFacts ca={formerCa} />],
          ['The hub', hub && <LeafFacts leaf={hub} />],
        ]}
      />
      {spokes.length > 0 && (
        <DataTable caption="Certificates of spokes" columns={COLUMNS} rows={spokes} rowKey={({ id }) => id} />
      )}
    </div>
  );
}

function Rotation({ pki }: { readonly pki: Pki }) {
  const { envoys, envoysMoved, envoysLeft } = pki;
  const left = envoys - envoysMoved;
  const named = envoysLeft.slice(0, NAMED).join(', ');
  return (
    <div className="move-progress">
      <p>
        A new CA takes over: <strong>{count(envoysMoved)}</strong> of {count(envoys)} envoys have moved to it.
      </p>
      <Progress label="Envoys with a certificate of the new CA" done={envoysMoved} of={envoys} />
      <p className="secondary">
        {left > 0 ? `Not yet: ${named}${left > NAMED ? ` and ${count(left - NAMED)} more` : ''}. ` : 'All are there. '}
        <code>vigocli pki rotate-ca --finish</code> ends the trust in the one before.
      </p>
    </div>
  );
}

const NAMED = 5;

function CaFacts({ ca }: { readonly ca: CaCertificate }) {
  return (
    <>
      <span className="mono">{ca.sha256.slice(0, DIGEST_SHOWN)}…</span>, ends <Time at={ca.endsAt} />
    </>
  );
}

/** Enough to tell one from the other; the command shows all of it. */
const DIGEST_SHOWN = 16;

function LeafFacts({ leaf }: { readonly leaf: LeafCertificate }) {
  return (
    <>
      renews itself <Time at={leaf.renewsAt} />, ends <Time at={leaf.endsAt} />
    </>
  );
}

const COLUMNS: readonly Column<Pki['spokes'][number]>[] = [
  { title: 'Spoke', cell: ({ id }) => id, head: true },
  {
    title: 'State',
    cell: ({ moved, failure, certificate }) => (
      <StateLabel state={failure ? 'failed' : moved ? 'current' : certificate ? 'behind' : 'unknown'}>
        {failure || undefined}
      </StateLabel>
    ),
  },
  { title: 'Renews itself', cell: ({ certificate }) => <Time at={certificate?.renewsAt} none="not heard yet" /> },
  { title: 'Ends', cell: ({ certificate }) => <Time at={certificate?.endsAt} none="" /> },
];
