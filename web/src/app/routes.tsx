/** Which address shows which page. */
import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { NotFound } from '../pages/not-found/not-found.tsx';
import { PagePlaceholder } from './page-placeholder.tsx';
import { PAGES } from './pages.ts';

const Overview = lazy(async () => ({ default: (await PAGES.overview()).Overview }));
const Envoys = lazy(async () => ({ default: (await PAGES.envoys()).Envoys }));
const Envoy = lazy(async () => ({ default: (await PAGES.envoy()).EnvoyPage }));
const Run = lazy(async () => ({ default: (await PAGES.run()).RunPage }));
const Spanner = lazy(async () => ({ default: (await PAGES.spanner()).Spanner }));
const Spoke = lazy(async () => ({ default: (await PAGES.spoke()).SpokePage }));
const Moves = lazy(async () => ({ default: (await PAGES.moves()).Moves }));
const Move = lazy(async () => ({ default: (await PAGES.move()).MovePage }));
const Config = lazy(async () => ({ default: (await PAGES.config()).Config }));
const Audit = lazy(async () => ({ default: (await PAGES.audit()).Audit }));
const Settings = lazy(async () => ({ default: (await PAGES.settings()).Settings }));

export function Routes() {
  return (
    <Suspense fallback={<PagePlaceholder />}>
      <Switch>
        <Route path="/" component={Overview} />
        <Route path="/envoys" component={Envoys} />
        <Route path="/envoys/:id">{({ id }) => <Envoy key={id} id={decodeURIComponent(id)} />}</Route>
        <Route path="/runs/:id">{({ id }) => <Run key={id} id={decodeURIComponent(id)} />}</Route>
        <Route path="/spanner" component={Spanner} />
        <Route path="/spanner/spokes/:id">{({ id }) => <Spoke key={id} id={decodeURIComponent(id)} />}</Route>
        <Route path="/spanner/moves" component={Moves} />
        <Route path="/spanner/moves/:id">{({ id }) => <Move key={id} id={decodeURIComponent(id)} />}</Route>
        <Route path="/config" component={Config} />
        <Route path="/audit" component={Audit} />
        <Route path="/settings" component={Settings} />
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}
