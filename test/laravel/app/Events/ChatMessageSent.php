<?php

namespace App\Events;

use Illuminate\Broadcasting\InteractsWithSockets;
use Illuminate\Broadcasting\PresenceChannel;
use Illuminate\Broadcasting\PrivateChannel;
use Illuminate\Contracts\Broadcasting\ShouldBroadcastNow;

class ChatMessageSent implements ShouldBroadcastNow
{
    use InteractsWithSockets;

    public $message;
    public $user;
    private $channel;

    public function __construct(string $channel, string $message, array $user)
    {
        $this->channel = $channel;
        $this->message = $message;
        $this->user = $user;
    }

    public function broadcastOn()
    {
        return [new PrivateChannel($this->channel), new PresenceChannel($this->channel)];
    }
}
