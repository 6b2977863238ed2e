<?php

/**
 * A Laravel 8 application of a few files, on Debian's packages: it broadcasts through Redis and answers
 * /broadcasting/auth. What is not here is the framework's own default.
 */

require_once 'Illuminate/autoload.php';

spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/' . lcfirst(strtr($class, '\\', '/')) . '.php';
    if (str_starts_with($class, 'App\\') && is_file($file)) {
        require $file;
    }
});

$app = new Illuminate\Foundation\Application(__DIR__);
// Its own folder is not written to.
$storage = getenv('STORAGE');
$app->useStoragePath($storage);
foreach (['SERVICES', 'PACKAGES', 'CONFIG', 'ROUTES', 'EVENTS'] as $cache) {
    $_ENV["APP_{$cache}_CACHE"] = $_SERVER["APP_{$cache}_CACHE"] = "{$storage}/{$cache}.php";
}
$app->singleton(Illuminate\Contracts\Http\Kernel::class, App\HttpKernel::class);
$app->singleton(Illuminate\Contracts\Console\Kernel::class, Illuminate\Foundation\Console\Kernel::class);
$app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, Illuminate\Foundation\Exceptions\Handler::class);

return $app;
