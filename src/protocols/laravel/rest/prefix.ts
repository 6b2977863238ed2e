/** Where the REST beside the JWT socket is. */
export const laravelPrefix = '/api/laravel'
