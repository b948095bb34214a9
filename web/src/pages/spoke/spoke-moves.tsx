/** The last moves to or from a spoke. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { Card } from '../../ui/card.tsx';
import { MoveTable } from '../../ui/move-table.tsx';
import { Queried } from '../../ui/queried.tsx';

const LOOKED_AT = 100;
const SHOWN = 8;

export function SpokeMoves({ id }: { readonly id: string }) {
  const query = useQuery(AdminService.method.listMoves, { limit: LOOKED_AT });
  return (
    <Card title="Moves" note={`of the fleet's last ${LOOKED_AT}`} flush>
      <Queried query={query} what="The moves cannot be shown">
        {({ moves }) => {
          const own = moves.filter(({ plan }) => plan.some(({ from, to }) => from === id || to === id));
          return own.length === 0 ? (
            <div className="card-body">
              <p className="secondary">No envoys have moved to or from here.</p>
            </div>
          ) : (
            <MoveTable moves={own.slice(0, SHOWN)} />
          );
        }}
      </Queried>
    </Card>
  );
}
