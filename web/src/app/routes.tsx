/** Which address shows which page. */
import { Route, Switch } from 'wouter';
import { NotFound } from '../pages/not-found/not-found.tsx';
import { lazyPage } from './lazy-page.tsx';
import { PAGES } from './pages.ts';

const Overview = lazyPage(async () => (await PAGES.overview()).Overview);
const Envoys = lazyPage(async () => (await PAGES.envoys()).Envoys);
const Envoy = lazyPage(async () => (await PAGES.envoy()).EnvoyPage);
const Run = lazyPage(async () => (await PAGES.run()).RunPage);
const Spanner = lazyPage(async () => (await PAGES.spanner()).Spanner);
const Spoke = lazyPage(async () => (await PAGES.spoke()).SpokePage);
const Moves = lazyPage(async () => (await PAGES.moves()).Moves);
const Move = lazyPage(async () => (await PAGES.move()).MovePage);
const Config = lazyPage(async () => (await PAGES.config()).Config);
const Audit = lazyPage(async () => (await PAGES.audit()).Audit);
const Settings = lazyPage(async () => (await PAGES.settings()).Settings);

export function Routes() {
  return (
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
  );
}
