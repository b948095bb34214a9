/** How the fleet's compliance has been. */
import { useState } from 'react';
import { Card } from '../../ui/card.tsx';
import { Choices } from '../../ui/choices.tsx';
import { ComplianceHistory, type HistoryRange, HistoryRangeChoice } from '../../ui/compliance-history.tsx';

export function FleetHistory() {
  const [range, setRange] = useState<HistoryRange>('day');
  const [shown, setShown] = useState<'trouble' | 'all'>('trouble');
  return (
    <Card
      title="Over time"
      actions={
        <>
          <Choices
            label="Which envoys"
            value={shown}
            onChange={setShown}
            options={[
              { value: 'trouble', name: 'Not converged' },
              { value: 'all', name: 'All envoys' },
            ]}
          />
          <HistoryRangeChoice value={range} onChange={setRange} />
        </>
      }
    >
      <ComplianceHistory spoke="" range={range} trouble={shown === 'trouble'} />
    </Card>
  );
}
