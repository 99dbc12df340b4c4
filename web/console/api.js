// The console API: a cookie says who it is, a header proves that this page sent it.

export class ConsoleError extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export const session = { staff: null, csrf: '' };

/** One call. Resolves to the JSON, or null for 204; rejects with a ConsoleError (status 0: no connection). */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/api/v1/console${path}`, {
      method,
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(method !== 'GET' && { 'X-CSRF-Token': session.csrf }),
      },
      body: body && JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(20000),
    });
  } catch {
    throw new ConsoleError(0, 'offline');
  }
  const data = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new ConsoleError(response.status, data?.error?.code || 'unknown');
  if (data?.csrf) Object.assign(session, data);
  return data;
}

/** What this browser remembers for the console; a forbidden store is an empty one. */
export const kept = {
  get(key) {
    try {
      return localStorage.getItem(`wenlu-console:${key}`);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null || value === '') localStorage.removeItem(`wenlu-console:${key}`);
      else localStorage.setItem(`wenlu-console:${key}`, value);
    } catch {
      // Lives in the page only.
    }
  },
};
