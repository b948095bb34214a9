/** A fleet without envoys: how a machine becomes one. */
import { Link } from 'wouter';
import { useMe } from '../../api/me.ts';
import { CopyLine } from '../../ui/copy-line.tsx';

export function FirstSteps() {
  const { serverHostname } = useMe();
  const hub = window.location.origin;
  return (
    <ol className="first-steps">
      <li>
        <h3>Make an enrolment token</h3>
        <p className="secondary">
          Here, under <Link href="/settings">Settings</Link>, or on {serverHostname || 'the hub'} itself. It says how
          many machines may use it, and for how long.
        </p>
        <CopyLine what="the command" text="vigocli tokens create --uses 10 --ttl 24h" />
      </li>
      <li>
        <h3>Enrol the machine</h3>
        <p className="secondary">On the machine. The token pins this hub's certificate, so nothing else is needed.</p>
        <CopyLine what="the command" text={`vigocli agent enroll --hub ${hub} --token TOKEN`} />
      </li>
      <li>
        <h3>Let the agent run</h3>
        <p className="secondary">It checks in at its spoke, and appears here within seconds.</p>
        <CopyLine what="the command" text="vigocli agent run" />
      </li>
    </ol>
  );
}
