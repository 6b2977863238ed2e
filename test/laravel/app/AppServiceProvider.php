<?php

namespace App;

use Illuminate\Auth\GenericUser;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Broadcast;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\ServiceProvider;

class AppServiceProvider extends ServiceProvider
{
    private const NAMES = [7 => 'Ana', 8 => 'Cy', 9 => 'Bo'];

    public function boot(): void
    {
        // Whoever has the cookie `user` is that user: sessions are not what is tried here.
        Auth::viaRequest('cookie', static function (Request $request): ?GenericUser {
            $id = (int) ($request->cookies->get('user') ?? 0);
            return isset(self::NAMES[$id]) ? new GenericUser(['id' => $id, 'name' => self::NAMES[$id]]) : null;
        });
        Broadcast::routes(['middleware' => ['auth']]);
        require $this->app->basePath('routes/channels.php');
        Route::prefix('/')->group($this->app->basePath('routes/web.php'));
    }
}
