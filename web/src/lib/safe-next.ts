/** Where to go after signing in. It comes from the address bar, so it may only name a page of this site. */
export function safeNext(next: string | null): string {
  // Browsers read "//host" and "/\host" as another site.
  return next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/';
}
