/**
 * Problem documents (RFC 9457): how whoever asked over HTTP and was refused is told. A leaf.
 */
const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

export const PROBLEM_TYPE = 'application/problem+json'

/** The document of a status, with members of its own. It has no type beside what the status says. */
export function problem(status: keyof typeof TITLES, members: Readonly<Record<string, string | null>>): object {
  return { type: 'about:blank', title: TITLES[status], status, ...members }
}
