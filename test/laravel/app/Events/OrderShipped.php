<?php

namespace App\Events;

use Illuminate\Broadcasting\Channel;
use Illuminate\Broadcasting\InteractsWithSockets;
use Illuminate\Contracts\Broadcasting\ShouldBroadcastNow;

/** On a public channel, under a name of its own. */
class OrderShipped implements ShouldBroadcastNow
{
    use InteractsWithSockets;

    public $order;

    public function __construct(array $order)
    {
        $this->order = $order;
    }

    public function broadcastOn()
    {
        return new Channel('orders');
    }

    public function broadcastAs()
    {
        return 'order.shipped';
    }
}
