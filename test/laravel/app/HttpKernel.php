<?php

namespace App;

use Illuminate\Auth\Middleware\Authenticate;
use Illuminate\Foundation\Http\Kernel;

class HttpKernel extends Kernel
{
    protected $routeMiddleware = ['auth' => Authenticate::class];
}
