/** The page in the address, when somebody opens the app: it is asked for while the frame is not drawn yet. */
import type { AnyRouter } from '@tanstack/react-router';

/** Resolves when its code is loaded. @throws the error of loading, which the page itself shows too */
export async function fetchFirstPage(router: AnyRouter): Promise<void> {
  const match = router.matchRoutes(router.latestLocation).at(-1);
  if (match) await router.routesById[match.routeId]?.options.staticData.fetch?.(match.search);
}
