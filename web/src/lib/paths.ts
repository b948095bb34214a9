/** Addresses of pages about one thing. */
const path = (base: string) => (id: string) => `${base}/${encodeURIComponent(id)}`;

export const envoyPath = path('/envoys');
export const spokePath = path('/spanner/spokes');
export const movePath = path('/spanner/moves');
export const runPath = path('/runs');
