<?php

// As Laravel's own, down to the prefix.
return [
    'redis' => [
        'client' => 'phpredis',
        'options' => ['prefix' => Illuminate\Support\Str::slug('Laravel', '_') . '_database_'],
        'default' => ['host' => '127.0.0.1', 'port' => getenv('REDIS_PORT'), 'database' => 0],
    ],
];
